import { settingsTable } from '#config/reference';
import { worklistTables } from '#dicomweb/ups/conformance';
import { conformanceTables } from '#dimse/conformance';
import { faults } from '#domain/errors';

/** The parts of the README that are made from the code, by name. */
export function generatedSections(): Readonly<Record<string, string>> {
  return {
    settings: settingsTable(),
    conformance: conformanceTables(),
    worklist: worklistTables(),
    faults: faultsTable(),
  };
}

/** The text with every generated part replaced: what stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. */
export function withGeneratedSections(text: string): string {
  return Object.entries(generatedSections()).reduce((readme, [name, section]) => {
    const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
    const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
    if (from < 0 || to < from) return readme;
    return `${readme.slice(0, from + begin.length)}\n\n${section}\n\n${readme.slice(to)}`;
  }, text);
}

function faultsTable(): string {
  const rows = Object.entries(faults).map(
    ([code, { sentence, fate, dimseStatus, httpStatus }]) =>
      `| \`${code}\` | ${sentence} | ${fate} | 0x${dimseStatus.toString(16).toUpperCase().padStart(4, '0')} | ${httpStatus} |`,
  );
  return ['| fault | says | fate | DIMSE status | HTTP status |', '|---|---|---|---|---|', ...rows].join('\n');
}
