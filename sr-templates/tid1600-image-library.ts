import type { View } from '#domain/view';
import { names, values, viewCodes } from './codes.ts';
import { code, contains, hasAcqContext, ofTemplate } from './content-item.ts';
import type { Acquired, ContainerItem, ImageItem, ImageReference, OfTemplate } from './content-item.ts';

export type ImageLibrary = OfTemplate<'1600', ContainerItem>;

/** A clip of the study, with its view where one was recognised. */
export interface LibraryImage {
  readonly image: ImageReference;
  readonly view?: View;
}

/** TID 1600 Image Library: all images that were looked at, in one group with TID 1602 descriptors that hold for each. */
export function imageLibrary(images: readonly LibraryImage[]): ImageLibrary {
  const group: ContainerItem = {
    valueType: 'CONTAINER',
    name: names.imageLibraryGroup,
    children: [...descriptors(), ...images.map((image) => contains(entry(image)))],
  };
  return ofTemplate<'1600', ContainerItem>({
    valueType: 'CONTAINER',
    name: names.imageLibrary,
    template: '1600',
    children: images.length > 0 ? [contains(group)] : [],
  });
}

/** TID 1602 Image Library Entry Descriptors. */
function descriptors(): readonly Acquired[] {
  return [
    hasAcqContext(code(names.modality, values.ultrasound)),
    hasAcqContext(code(names.targetRegion, values.heart)),
  ];
}

/** TID 1601 Image Library Entry. */
function entry({ image, view }: LibraryImage): ImageItem {
  const viewCode = view && viewCodes[view];
  return { valueType: 'IMAGE', image, ...(viewCode && { children: [hasAcqContext(code(names.imageView, viewCode))] }) };
}
