import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadFindings } from '#models/echoclip/findings';
import { truthOfFinding } from '#models/phantom/finding-truth';
import type { TruthDocument } from '#models/phantom/truth-document';

// Writes labels.csv, as `apical evaluate --labels` reads it, into a folder that `apical phantom --out` filled.

const folder = process.argv[2]!;
const findings = await loadFindings();
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.dcm'));

const rows = files.toSorted().map((file) => {
  const json = readFileSync(join(folder, file.replace(/\.dcm$/, '.json')), 'utf8');
  const truth = JSON.parse(json) as TruthDocument;
  return [file, ...findings.map((finding) => labelOf(finding, truth))].join();
});
const head = ['file', ...findings.map(({ id }) => id)].join();
writeFileSync(join(folder, 'labels.csv'), `${[head, ...rows].join('\n')}\n`);

function labelOf(finding: (typeof findings)[number], known: TruthDocument): string {
  const truth = truthOfFinding(finding.id, known);
  if (truth?.kind === 'measurement') return String(truth.value);
  if (truth?.kind === 'presence') return truth.isPresent ? 'yes' : 'no';
  return truth && finding.kind === 'grade' ? finding.grades[truth.place]!.id : '';
}
