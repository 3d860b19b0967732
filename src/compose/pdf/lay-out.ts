import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import PdfDocument from 'pdfkit';
import type { PrintedIdentity } from '#dicom/write/printed-identity';
import type { Font } from '#compose/overlay/true-type';
import { printable, printableName } from './printable.ts';

export interface PrintedReport {
  readonly title: string;
  /** What must stand on every page. */
  readonly warnings: readonly string[];
  readonly identity: PrintedIdentity;
  readonly sections: readonly { readonly heading: string; readonly paragraphs: readonly string[] }[];
  /** JPEG files, each with the words below it. */
  readonly pictures: readonly { readonly jpeg: Buffer; readonly caption: string }[];
  /** Its date, in milliseconds since 1970: never the clock's, so that the same report has the same bytes. */
  readonly dated: number;
  readonly creator: string;
}

type Page = InstanceType<typeof PdfDocument>;

const margin = 54;
const footer = 36;
const pictureHeightMax = 300;
const warning = '#a00000';

/**
 * Lays a report out on A4. Nothing in it is compressed by us: a deflated stream differs between processors, and the same
 * input gives the same bytes on any machine. Its identifier is a digest of its title and date.
 */
export async function layOut(report: PrintedReport, font: Pick<Font, 'has'>): Promise<Buffer> {
  const say = (text: string): string => printable(text.replaceAll(/\s+/g, ' ').trim(), font);
  const { title, creator } = report;
  const page = new PdfDocument({
    size: 'A4',
    margins: { top: margin, left: margin, right: margin, bottom: margin + footer },
    compress: false,
    bufferPages: true,
    lang: 'en',
    displayTitle: true,
    font: fileOf('DejaVuSans.ttf'),
    info: { Title: title, Creator: creator, Producer: creator, CreationDate: new Date(report.dated) },
  });
  page.registerFont('plain', readFileSync(fileOf('DejaVuSans.ttf')));
  page.registerFont('bold', readFileSync(fileOf('DejaVuSans-Bold.ttf')));
  const bytes = collect(page);
  page.font('bold').fontSize(16).text(say(title));
  for (const line of report.warnings) page.fontSize(10).fillColor(warning).text(say(line));
  page.fillColor('black').moveDown(0.5);
  page.font('plain').fontSize(12).text(printableName(report.identity.names, font));
  const lines = report.identity.lines.filter(([, value]) => value !== '').map(([label, value]) => `${label}: ${value}`);
  page
    .font('plain')
    .fontSize(9)
    .text(say(lines.join(' · ')));
  for (const { heading, paragraphs } of report.sections) {
    page.moveDown().font('bold').fontSize(12).text(say(heading)).moveDown(0.2).font('plain').fontSize(9);
    for (const paragraph of paragraphs) page.text(say(paragraph), { paragraphGap: 3 });
  }
  for (const { jpeg, caption } of report.pictures) drawPicture(page, jpeg, say(caption));
  markPages(page, report, say);
  page.end();
  return bytes;
}

function fileOf(name: string): string {
  return createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}`);
}

function collect(page: Page): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  page.on('data', (chunk: Buffer) => chunks.push(chunk));
  page.once('end', () => resolve(Buffer.concat(chunks)));
  page.once('error', reject);
  return promise;
}

/** A picture and its caption stay on one page. */
function drawPicture(page: Page, jpeg: Buffer, caption: string): void {
  const width = page.page.width - 2 * margin;
  const captionHeight = page.font('plain').fontSize(9).heightOfString(caption, { width });
  if (page.y + pictureHeightMax + captionHeight + 24 > page.page.height - margin - footer) page.addPage();
  page.moveDown();
  page.image(jpeg, margin, page.y, { fit: [width, pictureHeightMax], align: 'center' });
  page.y += pictureHeightMax + 6;
  page.text(caption, margin, page.y, { width });
}

/** Every page says whose it is, what it is not for, and which of how many: pages come apart. */
function markPages(page: Page, { warnings, identity }: PrintedReport, say: (text: string) => string): void {
  const { start, count } = page.bufferedPageRange();
  const patientId = identity.lines[0]?.[1] ?? '';
  for (let index = start; index < start + count; index++) {
    page.switchToPage(index);
    page.page.margins.bottom = 0; // or what stands in it would open another page
    const y = page.page.height - margin - footer / 2;
    const width = page.page.width - 2 * margin;
    page.font('plain').fontSize(8).fillColor(warning);
    page.text(say(warnings.join(' ')), margin, y, { width, height: 12, ellipsis: true });
    page.fillColor('black');
    page.text(say(`Patient ID: ${patientId} · Page ${index - start + 1} of ${count}`), margin, y + 12, {
      width,
      height: 12,
      ellipsis: true,
    });
  }
}
