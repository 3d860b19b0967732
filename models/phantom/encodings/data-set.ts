import dcmjs from 'dcmjs';

/** How a data set is written. */
export interface DataSetForm {
  readonly isImplicit: boolean;
  readonly isBigEndian: boolean;
  readonly encodeText: (text: string) => Buffer;
}

/** Attributes by keyword: text, numbers, bytes or words, items of sequences. */
export type Attributes = Readonly<Record<string, unknown>>;

const longVrs = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);
/** VRs whose text is in Specific Character Set (PS3.5 section 6.1.2.3). */
const localVrs = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UT']);
const { nameMap } = dcmjs.data.DicomMetaDictionary;

/** A data set by the rules of PS3.5 section 7.1; tags ascending, all lengths defined. */
export function encodeDataSet(attributes: Attributes, form: DataSetForm): Buffer {
  const elements = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([keyword, value]) => {
      const entry = nameMap[keyword];
      if (!entry) throw new TypeError(`There is no attribute ${keyword}.`);
      return { tag: Number.parseInt(entry.tag.replaceAll(/[(),]/g, ''), 16), vr: vrOf(keyword, entry.vr), value };
    });
  elements.sort((a, b) => a.tag - b.tag);
  return Buffer.concat(
    elements.map(({ tag, vr, value }) => {
      const bytes = encodeValue(vr, value, form);
      return Buffer.concat([elementHead({ tag, vr, length: bytes.length }, form), bytes]);
    }),
  );
}

/** Where the dictionary leaves a choice. */
function vrOf(keyword: string, vr: string): string {
  if (keyword.endsWith('LookupTableDescriptor')) return 'US';
  if (keyword.endsWith('LookupTableData')) return 'OW';
  return vr;
}

/** Tag, VR and length. */
export function elementHead(
  { tag, vr, length }: { readonly tag: number; readonly vr: string; readonly length: number },
  { isImplicit, isBigEndian }: Pick<DataSetForm, 'isImplicit' | 'isBigEndian'>,
): Buffer {
  const isLong = !isImplicit && longVrs.has(vr);
  const head = Buffer.alloc(isLong ? 12 : 8);
  const write16 = (value: number, at: number) =>
    isBigEndian ? head.writeUInt16BE(value, at) : head.writeUInt16LE(value, at);
  const write32 = (value: number, at: number) =>
    isBigEndian ? head.writeUInt32BE(value, at) : head.writeUInt32LE(value, at);
  write16(tag >>> 16, 0);
  write16(tag & 0xffff, 2);
  if (isImplicit) {
    write32(length, 4);
    return head;
  }
  head.write(vr, 4, 'latin1');
  if (isLong) write32(length, 8);
  else write16(length, 6);
  return head;
}

/** Head of an item or of a delimiter, which have no VR. */
export function itemHead(tag: number, length: number, isBigEndian = false): Buffer {
  return elementHead({ tag, vr: '', length }, { isImplicit: true, isBigEndian });
}

const numberBytes: Readonly<Record<string, number>> = { US: 2, SS: 2, UL: 4, SL: 4, AT: 4, FL: 4, FD: 8 };

function encodeValue(vr: string, value: unknown, form: DataSetForm): Buffer {
  if (vr === 'SQ') return Buffer.concat((value as readonly Attributes[]).map((item) => encodeItem(item, form)));
  if (value instanceof Uint16Array)
    return Buffer.concat([...value].map((word) => encodeNumber('US', word, form.isBigEndian)));
  if (value instanceof Uint8Array) return evened(Buffer.from(value), 0);
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  if (vr in numberBytes) return Buffer.concat(values.map((one) => encodeNumber(vr, Number(one), form.isBigEndian)));
  const encode = localVrs.has(vr) ? form.encodeText : (text: string) => Buffer.from(text, 'latin1');
  // A separator is in ASCII, whatever stands around it: each value begins anew.
  const texts = values.map((one) => encode(String(one)));
  const joined = texts.flatMap((text, index) => (index === 0 ? [text] : [Buffer.from('\\'), text]));
  return evened(Buffer.concat(joined), vr === 'UI' ? 0 : 0x20);
}

function encodeItem(item: Attributes, form: DataSetForm): Buffer {
  const content = encodeDataSet(item, form);
  return Buffer.concat([itemHead(0xfffee000, content.length, form.isBigEndian), content]);
}

function encodeNumber(vr: string, value: number, isBigEndian: boolean): Buffer {
  if (vr === 'AT')
    return Buffer.concat([value >>> 16, value & 0xffff].map((half) => encodeNumber('US', half, isBigEndian)));
  const bytes = Buffer.alloc(numberBytes[vr]!);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (vr === 'FL') view.setFloat32(0, value, !isBigEndian);
  else if (vr === 'FD') view.setFloat64(0, value, !isBigEndian);
  else if (bytes.length === 2) view.setInt16(0, value, !isBigEndian);
  else view.setInt32(0, value, !isBigEndian);
  return bytes;
}

function evened(bytes: Buffer, pad: number): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([pad])]);
}
