import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { DicomJson } from '#domain/instance';

/** An event report, in words. */
export interface Report {
  readonly type: 'state' | 'cancel requested' | 'progress' | 'status' | 'assigned';
  readonly uid: string;
  /** Procedure Step State, for a state report. */
  readonly state?: string;
  /** Procedure Step Progress Description, for a progress report. */
  readonly description?: string;
  readonly dataset: DicomJson;
  /** On the clock that never jumps: performance.now() when it came. */
  readonly at: number;
}

/** A subscriber that listens on a WebSocket and keeps what it is told. */
export interface Listener {
  readonly reports: readonly Report[];
  /** The first report, of those that have come or are to come, that is so; each counts once. */
  next(isWanted?: (report: Report) => boolean): Promise<Report>;
  close(): Promise<void>;
}

const types = [undefined, 'state', 'cancel requested', 'progress', 'status', 'assigned'] as const;

/** Opens the event channel of an AE title on a service, such as `http://127.0.0.1:8080/dicom-web`. */
export async function openEventChannel(
  service: string,
  ae: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Listener> {
  const socket = new WebSocket(`${service.replace(/^http/, 'ws')}/subscribers/${ae}`, { headers });
  const reports: Report[] = [];
  const taken = new Set<Report>();
  let wake = () => {};
  socket.on('message', (data) => {
    reports.push(reportOf(JSON.parse((data as Buffer).toString('utf8')) as DicomJson));
    wake();
  });
  await once(socket, 'open');
  return {
    reports,
    async next(isWanted = () => true) {
      for (;;) {
        const report = reports.find((each) => !taken.has(each) && isWanted(each));
        if (report) {
          taken.add(report);
          return report;
        }
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    async close() {
      if (socket.readyState === socket.CLOSED) return;
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

/** Subscribes an AE title to the whole worklist, and listens. */
export async function watchWorklist(
  service: string,
  ae: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Listener> {
  const path = `/workitems/1.2.840.10008.5.1.4.34.5/subscribers/${ae}`;
  const answer = await fetch(`${service}${path}`, { method: 'POST', headers });
  if (answer.status !== 201) throw new Error(`not subscribed: ${answer.status}`);
  return openEventChannel(service, ae, headers);
}

function reportOf(dataset: DicomJson): Report {
  const value = (tag: string) => dataset[tag]?.Value?.[0];
  const progress = value('00741002') as DicomJson | undefined;
  const [state, description] = [value('00741000'), progress?.['00741006']?.Value?.[0]];
  return {
    type: types[Number(value('00001002'))]!,
    uid: String(value('00001000')),
    ...(typeof state === 'string' && { state }),
    ...(typeof description === 'string' && { description }),
    dataset,
    at: performance.now(),
  };
}
