import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createComposer } from '#compose/composer';
import type { Composition } from '#src/ports';
import { sharedPath, testWith } from '#test/support/peers';
import { aComposition, makeSource, sourceAt, temporaryFolder, withoutView, type SourceWishes } from './composition.ts';

const settings = {
  colours: 'red-green',
  reportClass: 'comprehensive-3d-sr',
  overlayEncoding: 'jpeg',
  softwareVersion: '0.1.0',
} as const;
const composer = createComposer(settings);
const forEchoSystems = createComposer({ ...settings, optionalReports: ['echo-sr'] });

/** Composes, and leaves each document in the folder as a file. */
async function writeAll(folder: string, name: string, composition: Composition, by = composer) {
  const documents = await by.compose(composition);
  const files = documents.map(({ document, bytes }, index) => {
    const file = join(folder, `${name}-${index}-${document.kind}.dcm`);
    writeFileSync(file, bytes);
    return file;
  });
  return { documents, files };
}

function run(program: string, ...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return { status, output: stdout + stderr };
}

// All of them at once: results.test.ts. Here what single ones see.
describe('foreign validators', () => {
  testWith(['dsrdump'], 'give back the values of every report that has some', async () => {
    using folder = temporaryFolder();
    const composition = aComposition(await makeSource(folder.path));
    const { files } = await writeAll(folder.path, 'values', composition, forEchoSystems);
    const said = (kind: string) =>
      run(
        'dsrdump',
        '+Pl',
        files.find((file) => file.endsWith(`-${kind}.dcm`))!,
      ).output;
    const spoken = composition.assessment.findings.filter(({ kind }) => kind !== 'not-assessed');
    for (const { similarity } of spoken as readonly { similarity: number }[])
      expect(said('sr')).toContain(`"${String(Number(similarity.toFixed(4)))}" (1,UCUM`);
    for (const kind of ['sr', 'echo-sr']) {
      expect([kind, said(kind)]).toEqual([kind, expect.stringContaining('"57.3" (%,UCUM')]);
      for (const bound of ['7.2', '6.6']) expect(said(kind)).toContain(`"${bound}" (%,UCUM`); // 50.1 to 63.9
    }
    expect(said('text-sr')).toContain('57.3 %');
  });

  // No program but a library, and not among the peers that every machine has.
  const hasHighdicom = spawnSync('python3', ['-c', 'import highdicom']).status === 0;
  (hasHighdicom ? test : test.skip)('as highdicom reads it, the report has the value that was measured', async () => {
    using folder = temporaryFolder();
    const { files } = await writeAll(folder.path, 'values', aComposition(await makeSource(folder.path)));
    const script = `import highdicom as h, sys
report = h.sr.srread(sys.argv[1])
groups = report.content.get_planar_roi_measurement_groups()
print([float(m.value) for g in groups for m in g.get_measurements() if m.unit.value == '%'])`;
    const { stdout } = spawnSync('python3', ['-c', script, files.find((file) => file.endsWith('-sr.dcm'))!], {
      encoding: 'utf8',
    });
    expect(stdout.trim()).toBe('[57.3]');
  });

  testWith(['dcmdjpeg', 'dcm2json', 'dciodvfy', 'dcmftest'], 'accept a decompressed overlay too', async () => {
    using folder = temporaryFolder();
    const { files } = await writeAll(folder.path, 'assessed', aComposition(await makeSource(folder.path)));
    const overlay = files.find((file) => file.endsWith('-sc.dcm'))!;
    const plain = join(folder.path, 'plain.dcm');
    expect(run('dcmdjpeg', overlay, plain).output).toBe('');
    expect(run('dciodvfy', '-new', plain).output).not.toMatch(/^Error/m);
    expect(() => JSON.parse(run('dcm2json', plain).output) as unknown).not.toThrow();
  });

  const names: readonly (readonly [string, SourceWishes['name']])[] = [
    ['Japanese', { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }],
    ['Arabic', { Alphabetic: 'قباني^لنزار' }],
    ['Cyrillic', { Alphabetic: 'Люкceмбypг' }],
  ];
  for (const [script, name] of names)
    testWith(
      ['dciodvfy', 'dcentvfy', 'dsrdump', 'dcmdump'],
      `find a ${script} name the same in source and results`,
      async () => {
        using folder = temporaryFolder();
        const source = await makeSource(folder.path, { name: name!, more: { TimezoneOffsetFromUTC: '+0300' } });
        const { files } = await writeAll(folder.path, 'named', aComposition(source));
        expect(run('dcentvfy', source.path, ...files).output).not.toMatch(/^Error/m);
        const written = Object.values(name!).join('=');
        for (const file of files) {
          expect(run('dciodvfy', '-new', file).output).not.toMatch(/^Error/m);
          expect(run('dcmdump', '+U8', '+P', 'PatientName', file).output).toContain(`[${written}]`);
          if (file.endsWith('sr.dcm'))
            expect(run('dsrdump', file)).toMatchObject({
              status: 0,
              output: expect.not.stringMatching(/^[EF]:|absent in/m),
            });
        }
      },
    );

  // Two of them dcmtk cannot convert here (its C library has no ISO 2022 IR 87): their names are known.
  const samples: Readonly<Record<string, string | undefined>> = {
    chrArab: undefined,
    chrGerm: undefined,
    chrGreek: undefined,
    chrI2: undefined,
    chrRuss: undefined,
    chrX1: undefined,
    chrX2: undefined,
    chrH31: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
    chrJapMulti: 'やまだ^たろう',
  };
  const textIn = (file: string, tag: string, ...options: readonly string[]): string | undefined =>
    /\[(.*?) *\]/s.exec(run('dcmdump', '-q', ...options, '+P', tag, file).output)?.[1];
  const identity = ['0010,0020', '0010,0030', '0010,0040', '0010,1010', '0010,1020', '0010,1030', '0008,0201'];
  const words = ['0010,0010', '0008,0090', '0008,0050', '0008,1030', '0020,0010'];
  for (const [sample, known] of Object.entries(samples))
    testWith(
      [`shared:corpus/charset/${sample}.dcm`, 'dcmdump'],
      `see patient and study of ${sample} in the results, to the letter`,
      async () => {
        using folder = temporaryFolder();
        const source = sourceAt(sharedPath('corpus', 'charset', `${sample}.dcm`));
        const { files } = await writeAll(
          folder.path,
          sample,
          withStudy(withoutView(source), source.instance.facts.study),
        );
        const seen = (file: string) => [
          ...identity.map((tag) => textIn(file, tag)),
          ...(known === undefined ? words.map((tag) => textIn(file, tag, '+U8')) : []),
        ];
        for (const file of files) expect(seen(file)).toEqual(seen(source.path));
        for (const file of files)
          expect(textIn(file, '0010,0010', '+U8')).toBe(known ?? textIn(source.path, '0010,0010', '+U8'));
      },
    );
});

const oddities: SourceWishes['more'] = {
  PatientWeight: '070.00',
  PatientSize: '+1.70',
  PatientAge: '076Y',
  PatientComments: '  two blanks before',
  TimezoneOffsetFromUTC: '-0330',
};
const oddNames: readonly (readonly [string, SourceWishes['name']])[] = [
  ['Wang^XiaoDong=王^小東=', { Alphabetic: 'Wang^XiaoDong', Ideographic: '王^小東', Phonetic: '' }],
  ['=山田^太郎', { Ideographic: '山田^太郎' }],
  ['van der  Berg^^Jan^^dr.', { Alphabetic: 'van der  Berg^^Jan^^dr.' }],
  ['Doe^Jane^^^', { Alphabetic: 'Doe^Jane^^^' }],
];
for (const [written, name] of oddNames)
  testWith(['dcmdump'], `numbers, blanks and the name ${written} are repeated as they were spelled`, async () => {
    using folder = temporaryFolder();
    const source = await makeSource(folder.path, { name: name!, more: oddities });
    const { files } = await writeAll(folder.path, 'odd', aComposition(source));
    const keys = [
      'PatientName',
      'PatientWeight',
      'PatientSize',
      'PatientAge',
      'PatientComments',
      'TimezoneOffsetFromUTC',
    ];
    const seen = (file: string) =>
      run('dcmdump', '-q', '+U8', ...keys.flatMap((key) => ['+P', key]), file).output.trim();
    expect(seen(source.path)).toContain(`[${written}]`);
    for (const file of files) expect(seen(file)).toBe(seen(source.path));
  });

function withStudy(composition: Composition, study: Composition['assessment']['study']): Composition {
  return { ...composition, assessment: { ...composition.assessment, study } };
}
