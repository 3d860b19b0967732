import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

/** OHIF served to a browser, reading one archive. */
export interface ViewerServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The archive that the viewer reads: through this server where it lets no other origin in, or itself. */
export interface ViewedArchive {
  readonly dicomWebUrl: string;
  readonly isProxied: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.html': 'text/html',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};

/** Serves OHIF's page; the archive is asked for at each request, since it may start later and must know this origin. */
export async function serveViewer(page: string, archive: () => ViewedArchive): Promise<ViewerServer> {
  const server = createServer((incoming, answer) => {
    const path = decodeURIComponent((incoming.url ?? '/').split('?')[0]!);
    if (path.startsWith('/dicom-web/')) return forward(incoming, answer, archive().dicomWebUrl);
    if (path === '/app-config.js') return sendConfiguration(answer, archive());
    return sendFile(answer, page, path);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function sendConfiguration(answer: ServerResponse, { dicomWebUrl, isProxied }: ViewedArchive): void {
  const root = isProxied ? '/dicom-web' : dicomWebUrl;
  const configuration = {
    routerBasename: null,
    extensions: [],
    modes: [],
    customizationService: {},
    showStudyList: true,
    maxNumberOfWebWorkers: 2,
    showLoadingIndicator: true,
    defaultDataSourceName: 'archive',
    investigationalUseDialog: { option: 'never' },
    dataSources: [
      {
        namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
        sourceName: 'archive',
        configuration: {
          friendlyName: 'Archive',
          name: 'archive',
          qidoRoot: root,
          wadoRoot: root,
          wadoUriRoot: root,
          qidoSupportsIncludeField: true,
          imageRendering: 'wadors',
          thumbnailRendering: 'wadors',
          enableStudyLazyLoad: true,
          supportsFuzzyMatching: false,
          supportsWildcard: false,
          omitQuotationForMultipartRequest: true,
          bulkDataURI: { enabled: true },
        },
      },
    ],
  };
  answer.writeHead(200, { 'Content-Type': 'text/javascript' });
  answer.end(`window.config = ${JSON.stringify(configuration)};`);
}

function sendFile(answer: ServerResponse, page: string, path: string): void {
  const wanted = join(page, normalize(path));
  const isThere = wanted.startsWith(page) && existsSync(wanted) && statSync(wanted).isFile();
  const file = isThere ? wanted : join(page, 'index.html');
  answer.writeHead(200, {
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    // OHIF's decoders share memory with their workers, which browsers grant to isolated pages only.
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  });
  createReadStream(file).pipe(answer);
}

function forward(incoming: IncomingMessage, answer: ServerResponse, dicomWebUrl: string): void {
  const to = new URL(dicomWebUrl);
  const headers = { ...incoming.headers, host: incoming.headers.host ?? to.host };
  const { method } = incoming;
  const asked = request({ host: to.hostname, port: to.port, path: incoming.url, method, headers }, (given) => {
    answer.writeHead(given.statusCode ?? 502, given.headers);
    given.pipe(answer);
  });
  asked.on('error', () => answer.writeHead(502).end());
  incoming.pipe(asked);
}
