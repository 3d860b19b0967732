import { names, titles } from './codes.ts';
import { contains, ofTemplate, text } from './content-item.ts';
import type { ContainerItem, ImageItem, ImageReference, OfTemplate } from './content-item.ts';
import { observationContext } from './tid1001-observation-context.ts';
import type { DeviceObserver } from './tid1004-device-observer.ts';
import { language } from './tid1204-language.ts';

export type KeyObjectSelection = OfTemplate<'2010', ContainerItem>;

/** TID 2010 Key Object Selection: some images of a study, and why they were chosen. It holds no measurement. */
export function tid2010(content: {
  readonly observer: DeviceObserver;
  readonly description: string;
  readonly images: readonly [ImageReference, ...ImageReference[]];
}): KeyObjectSelection {
  return ofTemplate<'2010', ContainerItem>({
    valueType: 'CONTAINER',
    name: titles.ofInterest,
    template: '2010',
    children: [
      language(),
      ...observationContext(content.observer),
      contains(text(names.keyObjectDescription, content.description)),
      ...content.images.map((image): ReturnType<typeof contains<ImageItem>> => contains({ valueType: 'IMAGE', image })),
    ],
  });
}
