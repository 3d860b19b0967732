import type { Uid } from '#domain/uid';
import { names } from './codes.ts';
import { hasObsContext, text, uidRef, type Observed } from './content-item.ts';

/** Who observed, where it was no person. */
export interface DeviceObserver {
  readonly uid: Uid;
  readonly name: string;
  readonly manufacturer: string;
  readonly modelName: string;
}

/** TID 1004 Device Observer Identifying Attributes. */
export function deviceObserver({ uid, name, manufacturer, modelName }: DeviceObserver): readonly Observed[] {
  return [
    hasObsContext(uidRef(names.deviceUid, uid)),
    hasObsContext(text(names.deviceName, name)),
    hasObsContext(text(names.deviceManufacturer, manufacturer)),
    hasObsContext(text(names.deviceModel, modelName)),
  ];
}
