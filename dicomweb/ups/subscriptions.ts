import { parseSearch } from '#dicomweb/server/search';
import { isMatch, type MatchingKey } from '#dicomweb/server/matching';
import { AgentError } from '#domain/errors';
import type { Subscriber, Workitem, WorklistSubscription } from '#domain/workitem';
import type { WorkitemRows } from '#src/ports/worklist';

/** What a subscription is for. */
export type SubscriptionTarget =
  | { readonly kind: 'step'; readonly uid: string }
  | { readonly kind: 'worklist' }
  | { readonly kind: 'filtered'; readonly filter: string };

/** Matching keys of a filter: `attribute=value` members, after commas (PS3.18 section 11.10.1.2) or as parameters of a URL. Throws REQUEST_INVALID. */
export function filterKeys(filter: string): readonly MatchingKey[] {
  const { keys } = parseSearch(new URLSearchParams(filter));
  if (keys.length === 0) throw new AgentError('REQUEST_INVALID', 'The filter names no attribute.');
  return keys;
}

const stepsAtOnce = 500;

/**
 * Subscribes an Application Entity, and says of which steps it is told the state at once (PS3.4 table CC.2.3-2). Undefined
 * where there is no such step.
 */
export function subscribe(
  rows: WorkitemRows,
  target: SubscriptionTarget,
  subscriber: Subscriber,
): readonly Workitem[] | undefined {
  if (target.kind === 'step') {
    const step = rows.get(target.uid);
    if (step === undefined || step === 'gone') return undefined;
    rows.subscribe(step.uid, subscriber); // what is said of one step goes before what is said of all
    return [step];
  }
  const subscription: WorklistSubscription = {
    ...subscriber,
    ...(target.kind === 'filtered' && { filter: target.filter }),
  };
  const wants = wanting(subscription);
  rows.putWorklistSubscription(subscription);
  const told: Workitem[] = [];
  for (let offset = 0; ; offset += stepsAtOnce) {
    const steps = rows.find({ limit: stepsAtOnce, offset });
    for (const step of steps.filter(wants)) {
      if (rows.subscribers(step.uid).some(({ ae }) => ae === subscriber.ae)) continue;
      rows.subscribe(step.uid, subscriber);
      if (subscriber.lock) told.push(step);
    }
    if (steps.length < stepsAtOnce) return told;
  }
}

/** Ends a subscription; false where there is none. Who leaves the worklist leaves all its steps. */
export function unsubscribe(rows: WorkitemRows, target: SubscriptionTarget, ae: string): boolean {
  if (target.kind === 'step') return rows.unsubscribe(target.uid, ae);
  const was = rows.dropWorklistSubscriptions(ae, target.kind);
  if (was) rows.unsubscribeAll(ae);
  return was;
}

/** No further steps are subscribed to; those that are remain. False where there is nothing to suspend. */
export function suspend(rows: WorkitemRows, target: SubscriptionTarget, ae: string): boolean {
  return target.kind !== 'step' && rows.dropWorklistSubscriptions(ae, target.kind);
}

/** Subscribes to a new step whoever wished for it. */
export function subscribeToNew(rows: WorkitemRows, step: Workitem): void {
  for (const subscription of rows.worklistSubscriptions()) {
    const { ae, lock } = subscription;
    if (wanting(subscription)(step)) rows.subscribe(step.uid, { ae, lock });
  }
}

function wanting({ filter }: WorklistSubscription): (step: Workitem) => boolean {
  if (filter === undefined) return () => true;
  const keys = filterKeys(filter);
  return ({ attributes }) => keys.every((key) => isMatch(attributes.disclose(), key));
}
