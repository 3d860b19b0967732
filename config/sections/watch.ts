import { z } from 'zod';
import { count } from './values.ts';

/** Whether studies still look to the models as they did. */
export const watch = z.strictObject({
  referenceStudies: count(100, 'The first studies of a scanner under a model, that later ones are held against.'),
  latestStudies: count(
    40,
    'The latest studies of a scanner that are compared; fewer see a change sooner, and small ones not.',
  ),
});
