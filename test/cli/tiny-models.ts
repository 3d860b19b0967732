import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sharedPath } from '#test/support/peers';

/** A file of the reference model that EchoCLIP's own libraries made. */
export function tiny(...parts: readonly string[]): string {
  return sharedPath('reference', 'echoclip_tiny', ...parts);
}

type Header = Record<string, { shape: number[]; data_offsets: [number, number] }>;

/** The reference model, widened to the ids of CLIP's tokenizer: further rows repeat its own. Returns its folder. */
export function withWholeVocabulary(into: string): string {
  mkdirSync(into);
  const config: any = JSON.parse(readFileSync(tiny('open_clip_config.json'), 'utf8'));
  config.model_cfg.text_cfg.vocab_size = 49_408;
  writeFileSync(join(into, 'open_clip_config.json'), JSON.stringify(config));
  const bytes = readFileSync(tiny('open_clip_model.safetensors'));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Header;
  const numbers = bytes.subarray(8 + length);
  const name = 'token_embedding.weight';
  const known = header[name]!;
  const rows = numbers.subarray(...known.data_offsets);
  const copies = Array.from({ length: 50 }, () => rows);
  const wide = Buffer.concat(copies).subarray(0, (rows.length / known.shape[0]!) * 49_408);
  header[name] = {
    ...known,
    shape: [49_408, known.shape[1]!],
    data_offsets: [numbers.length, numbers.length + wide.length],
  };
  const { [name]: widened, ...others } = header;
  writeSafetensors(
    join(into, 'open_clip_model.safetensors'),
    { ...others, [name]: widened },
    Buffer.concat([numbers, wide]),
  );
  return into;
}

function writeSafetensors(path: string, header: Header, numbers: Buffer): void {
  const packed: Header = {};
  const parts: Buffer[] = [];
  let at = 0;
  for (const [name, { data_offsets, ...facts }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const part = numbers.subarray(...data_offsets);
    packed[name] = { ...facts, data_offsets: [at, at + part.length] };
    parts.push(part);
    at += part.length;
  }
  const text = Buffer.from(JSON.stringify(packed));
  const front = Buffer.alloc(8);
  front.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(path, Buffer.concat([front, text, ...parts]));
}

/** Copies files of the reference model into a folder. */
export function copyTiny(into: string, ...names: readonly string[]): void {
  mkdirSync(into, { recursive: true });
  for (const name of names) copyFileSync(tiny(name), join(into, name));
}
