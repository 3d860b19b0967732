import { answers, type StepTransaction } from './answers.ts';
import { statuses, type StatusName } from './state-machine.ts';

/** How the worklist answers (PS3.2), in Markdown, from the tables by which it does. */
export function worklistTables(): string {
  const rows = (Object.keys(answers) as StepTransaction[]).flatMap((transaction) =>
    Object.entries(answers[transaction]).map(([status, { http, warning = '' }]) => [
      transaction,
      `\`${statuses[status as StatusName].toString(16).toUpperCase().padStart(4, '0')}\``,
      String(http),
      warning,
    ]),
  );
  const transactions = [
    [
      'Create',
      '`POST /workitems?UID`',
      'what must be there if only empty is added, with a warning; a step that names our AE title as Scheduled Station, READY and with a study, is performed by us',
    ],
    ['Retrieve', '`GET /workitems/UID`', 'never with Transaction UID; 410 once forgotten (`worklist.keepDays`)'],
    ['Update', '`POST /workitems/UID?TRANSACTION`', '`PUT` is taken too; of our own steps: 403'],
    ['Change State', '`PUT /workitems/UID/state`', 'Final State requirements are asked for; of our own steps: 403'],
    [
      'Request Cancellation',
      '`POST /workitems/UID/cancelrequest`',
      'our own steps: before the assessment has begun, its jobs are taken off the queue; after that we choose not to cancel',
    ],
    [
      'Search',
      '`GET /workitems?…`',
      'most urgent first; all matching of QIDO-RS; 206 where there are more; no fuzzy matching',
    ],
    [
      'Subscribe, Unsubscribe, Suspend',
      '`POST`, `DELETE /workitems/UID/subscribers/AE`, `POST …/suspend`',
      'a step, the worklist, or a filter; deletion locks are always granted',
    ],
    [
      'Event reports',
      '`GET /subscribers/AE` (WebSocket)',
      'state, cancel requested, progress, status of the SCP, assigned; to whoever listens, none are kept for later',
    ],
  ];
  return [
    table(['UPS-RS', 'resource', 'remarks'], transactions),
    table(['transaction', 'DIMSE status', 'HTTP status', 'warning'], rows),
  ].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
