import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { asAgentError } from '#domain/errors';

/** A Koa application on a free loopback port, with faults answered as problem documents. */
export async function serve(install: (app: Koa) => void): Promise<{ url: string; stop(): Promise<void> }> {
  const app = new Koa();
  app.silent = true;
  app.use(async (context, next) => {
    try {
      await next();
    } catch (thrown) {
      const { fault, code, detail } = asAgentError(thrown);
      context.status = fault.httpStatus;
      context.body = JSON.stringify({ type: `urn:apical:${code}`, title: fault.sentence, detail });
      context.type = 'application/problem+json';
    }
  });
  install(app);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
