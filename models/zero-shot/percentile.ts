/**
 * Per cent of a calibration's cases whose similarity is not above this one, from 0 to 100. `steps` are the similarities
 * of its cases at equal shares, lowest first; between two of them shares grow in proportion.
 */
export function percentileOf(similarity: number, steps: readonly number[]): number {
  const above = steps.findIndex((step) => step > similarity);
  if (above === 0) return 0;
  if (above < 0) return 100;
  const [low, high] = [steps[above - 1]!, steps[above]!];
  const place = above - 1 + (similarity - low) / (high - low);
  return Math.round((100 * place) / (steps.length - 1));
}
