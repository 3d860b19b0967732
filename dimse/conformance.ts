import { implementation } from '#dicom/part10';
import { transferSyntaxes } from '#dicom/transfer-syntaxes';
import { dicomApplicationContext } from './association-request.ts';
import { storageClasses, storageCommitment, studyRoot, verification, type SopClass } from './sop-classes.ts';

/** The tables of the conformance statement (PS3.2) in Markdown, from what the code negotiates by. */
export function conformanceTables(): string {
  return [
    table(
      ['association', 'value'],
      [
        ['application context', code(dicomApplicationContext)],
        ['implementation class UID', code(implementation.classUid)],
        ['implementation version name', code(implementation.versionName)],
        ['asynchronous operations', 'none: one operation at a time'],
        [
          'role selection',
          'the provider of Storage Commitment may be the requestor; we ask for it there, and for storage classes with C-GET',
        ],
        ['extended negotiation, user identity', 'not agreed to'],
        ['presentation contexts proposed', 'one for each pair of SOP class and transfer syntax, with that syntax only'],
        ['presentation contexts accepted', 'the first proposed transfer syntax of the list below'],
      ],
    ),
    table(
      ['SOP class', 'UID', 'SCU', 'SCP'],
      [
        ...[verification, ...storageClasses].map((row: SopClass) => [row.name, code(row.uid), 'yes', 'yes']),
        [storageCommitment.name, code(storageCommitment.uid), 'yes', 'for those named in `dimse.commitment`'],
        ...Object.values(studyRoot).map(({ name, uid }) => [name, code(uid), 'yes', 'no']),
      ],
    ),
    table(
      ['transfer syntax', 'UID', 'received and sent', 'decoded'],
      transferSyntaxes.map(({ name, uid, encoding }) => [name, code(uid), 'yes', isDecoded(encoding) ? 'yes' : 'no']),
    ),
    table(
      ['query', 'keys that are sent'],
      [
        ['STUDY', '`(0008,0020)` range, `(0008,0061)`; asked for: `(0020,000D)`, `(0020,1206)`, `(0020,1208)`'],
        ['SERIES', '`(0020,000D)`; asked for: `(0008,0060)`, `(0020,000E)`'],
        ['IMAGE', '`(0020,000D)`, `(0020,000E)`; asked for: `(0008,0016)`, `(0008,0018)`'],
        ['C-GET, C-MOVE', 'IMAGE: `(0020,000D)`, `(0020,000E)`, `(0008,0018)`, one instance a request'],
      ],
    ),
    table(
      ['C-STORE response to us', 'what we do'],
      [
        ['0000', 'delivered'],
        ['Bxxx', 'delivered'],
        ['A7xx', 'sent again later'],
        ['0111', 'delivered: the UIDs of our documents are derived from what they state'],
        ['any other, and a context that was not accepted', 'set aside'],
        ['none', 'sent again later'],
      ],
    ),
  ].join('\n\n');
}

function isDecoded(encoding: (typeof transferSyntaxes)[number]['encoding']): boolean {
  return encoding !== 'video' && encoding !== 'unknown';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
