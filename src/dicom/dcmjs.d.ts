declare module 'dcmjs' {
  interface DictionaryEntry {
    readonly tag: string;
    readonly vr: string;
    readonly name: string;
    readonly vm: string;
  }
  type Tagged = Record<string, { vr: string; Value: unknown[] }>;
  class DicomDict {
    constructor(meta: Tagged);
    dict: Tagged;
    write(options?: { fragmentMultiframe?: boolean; allowInvalidVRLength?: boolean }): ArrayBuffer;
  }
  const dcmjs: {
    readonly data: {
      readonly DicomDict: typeof DicomDict;
      readonly DicomMetaDictionary: {
        readonly dictionary: Readonly<Record<string, DictionaryEntry | undefined>>;
        readonly nameMap: Readonly<Record<string, DictionaryEntry | undefined>>;
        denaturalizeDataset(dataset: Record<string, unknown>): Tagged;
        naturalizeDataset(dataset: Tagged): Record<string, unknown>;
      };
      readonly DicomMessage: {
        readFile(buffer: ArrayBuffer, options?: Record<string, unknown>): { meta: Tagged; dict: Tagged };
      };
    };
    readonly log: { setLevel(level: 'silent' | 'error' | 'warn'): void };
  };
  export default dcmjs;
}
