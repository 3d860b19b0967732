import { names, values } from './codes.ts';
import { code, hasObsContext, type Observed } from './content-item.ts';
import { deviceObserver, type DeviceObserver } from './tid1004-device-observer.ts';

/** TID 1001 Observation Context with its TID 1002 Observer Context: a device observed; subject and procedure are those of the study. */
export function observationContext(observer: DeviceObserver): readonly Observed[] {
  return [hasObsContext(code(names.observerType, values.device)), ...deviceObserver(observer)];
}
