import type { Decision } from '#domain/decision';
import { AgentError } from '#domain/errors';
import type { Publish } from '#domain/event';
import { deriveUid, type Uid } from '#domain/uid';
import type { Desk } from '#src/ports/reading-desk';
import sharp from 'sharp';
import { createDrawing } from './drawing.ts';
import type { Sample } from './sample.ts';

/** A desk over a sample: it answers at once, decides in memory, and refuses what is not there. */
export function deskOver({ rows, assessments }: Sample, publish: Publish): Desk {
  const decisions: Decision[] = [];
  const draw = createDrawing();
  const rowAt = (study: string) => rows.findIndex((row) => row.study === study);
  return {
    methods: ['grad-cam', 'integrated-gradients'],
    async ask({ study, about, method = 'grad-cam' }) {
      if (!assessments.has(study)) throw new AgentError('NOT_FOUND', 'The study was not assessed yet.');
      const frameIndices = [...Array(12).keys()].map((index) => 2 * index);
      const { rows, columns, pixels } = draw(true, frameIndices);
      const raw = { raw: { width: columns, height: rows, channels: 3 as const } };
      const pictures = await Promise.all(pixels.map((frame) => sharp(frame, raw).jpeg().toBuffer()));
      const sentence = 'sentence' in about ? about.sentence : 'LARGE PERICARDIAL EFFUSION.';
      const seen = { sentence, similarity: 0.234, method, sopInstance: `${study}.1.1` as Uid, keyFrame: 4 };
      return { ...seen, frameIndices, rows, columns, pictures, phantomOnly: true };
    },
    async decide({ study, amendments, ...given }) {
      const at = rowAt(study);
      if (at < 0) throw new AgentError('NOT_FOUND', 'There is nothing to decide on yet.');
      const amended = Object.entries(amendments).map(([finding, readers]) => {
        const words = { finding, title: finding, ours: '34 %', readers };
        return words;
      });
      const document = deriveUid('decision', study, String(decisions.length));
      const about = { document, study, revision: 1, report: `${study}.9.1` as Uid };
      const sealed = { sha256: 'a'.repeat(64), signature: 'e30..c2ln' };
      const decision: Decision = { ...about, ...given, amendments: amended, at: 1_764_061_200_000, ...sealed };
      decisions.push(decision);
      rows[at] = { ...rows[at]!, decided: given.verdict };
      publish({ kind: 'study-decided', study, verdict: given.verdict });
      return decision;
    },
    decisions: async (study) =>
      decisions.filter((one) => one.study === study).map((one) => ({ ...one, isGenuine: true })),
    publicKey: async () => ({ kty: 'OKP' }),
    async assessAgain(study) {
      const at = rowAt(study);
      rows[at] = { ...rows[at]!, state: { kind: 'assessing', revision: 2 } };
    },
    sendAgain: async () => undefined,
    retry: async (which) => (which === 'all' ? 3 : 1),
  };
}
