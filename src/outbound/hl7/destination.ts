import { AgentError } from '#domain/errors';
import { unreachable, within } from '#outbound/answer';
import { messageOf, type AskStanding } from '#outbound/message';
import type { Clock, Destination } from '#src/ports';
import { exchange, type MllpPeer } from './mllp.ts';
import { controlIdOf, observationReport, type Addresses } from './observation-report.ts';

export interface Hl7Settings extends MllpPeer, Addresses {
  readonly name: string;
  readonly timeoutMs: number;
}

/** An interface engine or information system that takes ORU^R01 over MLLP; only its acknowledgement delivers. */
export function createHl7Destination(
  settings: Hl7Settings,
  { ask, clock }: { ask: AskStanding; clock: Pick<Clock, 'now'> },
): Destination {
  const { name, timeoutMs } = settings;
  return {
    name,
    async deliver(instance, path, signal) {
      const message = await messageOf(instance, path, ask);
      const report = observationReport(message, settings, clock.now());
      const answer = await exchange(settings, report, within(timeoutMs, signal)).catch((thrown: unknown) => {
        signal.throwIfAborted();
        throw unreachable(name, thrown);
      });
      await confirm(name, answer, controlIdOf(message));
    },
  };
}

/** Table 0357: type, event, processing ID or version that the receiver does not take. */
const neverTaken = new Set(['200', '201', '202', '203']);
/** Table 0357: record locked, internal error. */
const takenLater = new Set(['206', '207']);

/** What an acknowledgement means (v2.5.1 chapter 2.9.2): its code counts, and its word which message it answers. */
async function confirm(name: string, answer: string, controlId: string): Promise<void> {
  const { code, answers, error } = await read(name, answer);
  if (answers !== controlId) {
    throw new AgentError('DESTINATION_BUSY', `${name} acknowledged another message.`);
  }
  switch (code) {
    case 'AA':
    case 'CA':
      return;
    case 'AE':
    case 'CE': // the content is wrong, unless it says otherwise
      throw new AgentError(takenLater.has(error) ? 'DESTINATION_BUSY' : 'DESTINATION_REFUSED', said(name, code, error));
    case 'AR':
    case 'CR': // mostly for reasons that pass, such as a system that is down
      throw new AgentError(neverTaken.has(error) ? 'DESTINATION_REFUSED' : 'DESTINATION_BUSY', said(name, code, error));
    case undefined:
      throw new AgentError('DESTINATION_BUSY', `${name} answered something else than an acknowledgement.`);
  }
}

const codes = ['AA', 'CA', 'AE', 'CE', 'AR', 'CR'] as const;

async function read(name: string, answer: string) {
  const { Message: Hl7Message } = await import('node-hl7-client'); // not before it is needed: the start is to be quick
  try {
    const message = new Hl7Message({ text: answer });
    const at = (path: string): string => message.get(path).toString();
    const code = codes.find((known) => known === at('MSA.1'));
    return { code, answers: at('MSA.2'), error: at('ERR.3.1') || at('MSA.6.1') };
  } catch (cause) {
    throw new AgentError('DESTINATION_BUSY', `${name} answered something that is no HL7 message.`, { cause });
  }
}

/** Texts of an acknowledgement are the peer's words and may name the patient; the codes say enough. */
function said(name: string, code: string, error: string): string {
  return `${name} answered ${code}${/^\d{1,3}$/.test(error) ? `, error ${error}` : ''}.`;
}
