import type { ContainerItem, ContentItem } from '#templates/content-item';

/** Every item of a tree, the root first, with the relationship that leads to it. */
export function walk(
  root: ContainerItem,
): readonly { readonly relationship: string; readonly item: ContentItem; readonly depth: number }[] {
  const below = (
    item: ContentItem,
    relationship: string,
    depth: number,
  ): { relationship: string; item: ContentItem; depth: number }[] => {
    const children = 'children' in item ? (item.children ?? []) : [];
    return [
      { relationship, item, depth },
      ...children.flatMap((child) => below(child.item, child.relationship, depth + 1)),
    ];
  };
  return below(root, '', 0);
}

/** The containers of one concept. */
export function containers(root: ContainerItem, codeValue: string): readonly ContainerItem[] {
  return walk(root).flatMap(({ item }) =>
    item.valueType === 'CONTAINER' && item.name.value === codeValue ? [item] : [],
  );
}

/** An item's say in one line: concept and value. */
export function say(item: ContentItem): string {
  switch (item.valueType) {
    case 'CODE':
      return `${item.name.value} = ${item.value.value}`;
    case 'TEXT':
      return `${item.name.value} = ${item.text}`;
    case 'NUM':
      return `${item.name.value} = ${'unmeasured' in item ? item.unmeasured.value : `${item.value} ${item.unit.value}`}`;
    case 'PNAME':
      return `${item.name.value} = ${item.personName}`;
    case 'UIDREF':
      return `${item.name.value} = ${item.uid}`;
    case 'IMAGE':
      return `${item.name?.value ?? 'image'} = ${item.image.sopInstance}`;
    case 'SCOORD':
      return `${item.name.value} = ${item.points.map(({ x, y }) => `${x},${y}`).join(' ')} frame ${item.selectedFrom.image.frames?.join()}`;
    case 'CONTAINER':
      return item.name.value;
  }
}
