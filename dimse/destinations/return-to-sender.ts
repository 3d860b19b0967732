import type { Instance } from '#domain/instance';
import type { Destination } from '#src/ports';

export interface ReturnSettings {
  readonly name: string;
  /** AE titles that sent the study, as the ledger knows them. */
  sendersOf(study: Instance['facts']['study']): Promise<readonly string[]>;
  /** Where results for an AE title go; undefined where no address is set for it. */
  at(aeTitle: string): Destination | undefined;
}

/**
 * Results go back to whoever sent the study. An association says the sender's title and not its port, so that addresses are
 * set by hand; a study whose senders have none, or that came another way, is left, and the delivery says so.
 */
export function createReturnToSender({ name, sendersOf, at }: ReturnSettings): Destination {
  return {
    name,
    async deliver(instance, path, signal) {
      const titles = new Set(await sendersOf(instance.facts.study));
      const known = [...titles].flatMap((title) => at(title) ?? []);
      if (known.length === 0) return { kind: 'withheld', because: 'SENDER_UNKNOWN' };
      const receipts = [];
      for (const sender of known) receipts.push(await sender.deliver(instance, path, signal));
      // As sure as the least sure of them.
      const [first] = receipts;
      return receipts.every((receipt) => receipt?.kind === 'proved') ? first : undefined;
    },
  };
}
