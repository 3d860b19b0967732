import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Configuration } from '#config/schema';
import { decisionDocument } from '#compose/decision-document';
import { shippedFont } from '#compose/overlay/font';
import { assessAgain, retry, sendAgain } from '#pipeline/again';
import type { Agent } from '#pipeline/agent';
import { explainOn } from '#pipeline/ask';
import { decide } from '#pipeline/decide';
import { createSigningKey } from '#store/signing-key';
import type { Decision } from '#domain/decision';
import type { Live } from './live.ts';
import type { Answer, Desk, Question } from './ports/reading-desk.ts';
import { release } from './release.ts';

/** What readers may ask of the agent: introduces the story to those who draw, write and sign. */
export function createDesk(live: Live<Configuration>, agent: Agent): Desk {
  const key = createSigningKey(live.current().dataFolder);
  const compose = (input: Parameters<typeof decisionDocument>[0]) => decisionDocument(input, release.version);
  const isGenuine = async (decision: Decision): Promise<boolean> => {
    const instance = await agent.ledger.instance(decision.document);
    const bytes = instance && (await readFile(agent.files.path(instance)).catch(() => undefined));
    const digest = bytes && createHash('sha256').update(bytes).digest('hex');
    return digest === decision.sha256 && key.holds(decision.sha256, decision.signature);
  };
  return {
    methods: agent.findings.methods,
    ask: (question) => answer(question, agent, live.current().results.colours),
    decide: (request) => decide(request, agent, { compose, sign: key.sign }),
    async decisions(study) {
      const decisions = await agent.ledger.decisions(study);
      return Promise.all(decisions.map(async (each) => ({ ...each, isGenuine: await isGenuine(each) })));
    },
    publicKey: key.publicKey,
    assessAgain: (study) => assessAgain(study, agent),
    sendAgain: (document, destination) => sendAgain(document, destination, agent),
    retry: (which) => retry(which, agent),
  };
}

type Colours = Configuration['results']['colours'];

async function answer(question: Question, agent: Agent, colours: Colours): Promise<Answer> {
  const { assessment, finding, explanation, frames } = await explainOn(question, agent);
  const { phantomOnly } = assessment.model;
  const title = 'PromptCAM on request, not archived';
  const overlay = { finding, explanation, frames };
  const { drawOverlay, jpegOf } = await import('#compose/overlay/draw-overlay'); // what draws is not loaded before it is needed
  const drawing = await drawOverlay({ overlay, colours, font: shippedFont() }, { title, isPhantomOnly: phantomOnly });
  const pictures: Buffer[] = [];
  for (const index of explanation.frameIndices.keys()) pictures.push(await jpegOf(drawing.frame(index), drawing));
  const { sentence, similarity, method, sopInstance, frameIndices } = explanation;
  const { keyFrame } = finding.evidence;
  const { rows, columns } = drawing;
  return { sentence, similarity, method, sopInstance, keyFrame, frameIndices, rows, columns, pictures, phantomOnly };
}
