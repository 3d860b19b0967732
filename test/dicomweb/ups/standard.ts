import type { StepTransaction } from '#dicomweb/ups/answers';
import type { CurrentState, StepEvent } from '#dicomweb/ups/state-machine';

// PS3.4 table CC.1.1-2, written down from the standard a second time: per event the outcome for each current state. A state
// is the one that the step goes to, a number the status of the answer.
export const columns: readonly CurrentState[] = ['none', 'SCHEDULED', 'IN PROGRESS', 'COMPLETED', 'CANCELED'];
export const standard: readonly (readonly [StepEvent, string])[] = [
  ['create', 'SCHEDULED | 0111 | 0111 | 0111 | 0111'],
  ['to IN PROGRESS, with a Transaction UID', 'C307 | IN PROGRESS | C302 | C300 | C300'],
  ['to IN PROGRESS, without the right Transaction UID', 'C307 | C301 | C301 | C301 | C301'],
  ['to SCHEDULED', 'C307 | C303 | C303 | C303 | C303'],
  ['to COMPLETED, with the right Transaction UID', 'C307 | C310 | COMPLETED | B306 | C300'],
  ['to COMPLETED, without the right Transaction UID', 'C307 | C301 | C301 | C301 | C301'],
  ['to CANCELED, with the right Transaction UID', 'C307 | C310 | CANCELED | C300 | B304'],
  ['to CANCELED, without the right Transaction UID', 'C307 | C301 | C301 | C301 | C301'],
  ['request to cancel', 'C307 | IN PROGRESS, CANCELED | ask | C311 | B304'],
  // PS3.4 section CC.2.6.3 and table CC.2.6-1
  ['update, with the right Transaction UID', 'C307 | C310 | 0000 | C300 | C300'],
  ['update, with another Transaction UID', 'C307 | C310 | C301 | C300 | C300'],
  ['update, without a Transaction UID', 'C307 | 0000 | C301 | C300 | C300'],
];

// PS3.18 sections 11.4.3, 11.6.3, 11.7.3 and 11.8.3, per DIMSE status.
export const http: readonly (readonly [StepTransaction, string, number, string?])[] = [
  ['create', '0000', 201],
  ['create', '0111', 409],
  ['create', 'C309', 400],
  ['update', '0000', 200],
  ['update', 'C300', 400, 'The submitted request is inconsistent with the current state of the Workitem.'],
  ['update', 'C301', 400, 'The target URI did not reference a claimed Workitem.'],
  ['update', 'C310', 409, 'The target URI did not reference a claimed Workitem.'],
  ['update', 'C307', 404],
  ['change state', '0000', 200],
  ['change state', 'B304', 200, 'The UPS is already in the requested state of CANCELED.'],
  ['change state', 'B306', 200, 'The UPS is already in the requested state of COMPLETED.'],
  ['change state', 'C301', 400, 'The Transaction UID is incorrect.'],
  ['change state', 'C303', 400, 'The submitted request is inconsistent with the state of the UPS Instance.'],
  ['change state', 'C300', 409, 'The submitted request is inconsistent with the state of the UPS Instance.'],
  ['change state', 'C302', 409, 'The submitted request is inconsistent with the state of the UPS Instance.'],
  ['change state', 'C304', 409, 'The submitted request is inconsistent with the state of the UPS Instance.'],
  ['change state', 'C310', 409, 'The submitted request is inconsistent with the state of the UPS Instance.'],
  ['change state', 'C307', 404],
  ['request cancellation', '0000', 202],
  ['request cancellation', 'B304', 202, 'The UPS is already in the requested state of CANCELED.'],
  ['request cancellation', 'C311', 409, 'The UPS is already COMPLETED.'],
  ['request cancellation', 'C313', 409, 'Performer chooses not to cancel.'],
  ['request cancellation', 'C312', 409, 'The performer cannot be contacted.'],
  ['request cancellation', 'C307', 404],
];
