import { describe, expect, test } from '@jest/globals';
import { deriveUid } from '#domain/uid';
import { contains, type ContainerItem } from '#templates/content-item';
import { codeAttributes, contentTree, referencedImages } from '#templates/content-tree';

const name = { value: '1', scheme: 'DCM', meaning: 'One' };
const root = (...items: Parameters<typeof contains>[0][]): ContainerItem => ({
  valueType: 'CONTAINER',
  name,
  children: items.map((item) => contains(item)),
});

describe('contentTree', () => {
  test('writes the double beside a number that sixteen characters do not hold', () => {
    const value = 1 / 3;
    expect(contentTree(root({ valueType: 'NUM', name, value, unit: name }))).toMatchObject({
      ContentSequence: [{ MeasuredValueSequence: [{ NumericValue: '0.33333333333333', FloatingPointValue: value }] }],
    });
  });

  test('refuses an empty text', () => {
    expect(() => contentTree(root({ valueType: 'TEXT', name, text: ' ' }))).toThrow('The text of One is empty');
  });
});

test('a code of more than sixteen characters is a long code', () => {
  expect(codeAttributes({ value: 'seventeen-letters', scheme: '99X', meaning: 'm' })).toHaveProperty('LongCodeValue');
  expect(codeAttributes(name)).toHaveProperty('CodeValue', '1');
});

test('a code without a meaning is refused', () => {
  expect(() => codeAttributes({ value: '1', scheme: 'DCM', meaning: '' })).toThrow('is not complete');
});

test('an image that is referred to twice, with frames and without, is evidence once', () => {
  const image = { sopClass: deriveUid('c'), sopInstance: deriveUid('i'), series: deriveUid('s') };
  const tree = root(
    { valueType: 'IMAGE', image },
    {
      valueType: 'SCOORD',
      name,
      points: [],
      selectedFrom: { valueType: 'IMAGE', image: { ...image, frames: [3] } },
    },
  );
  expect(referencedImages(tree).map(({ sopInstance }) => sopInstance)).toEqual([image.sopInstance]);
});
