/** How well pictures and texts find each other. */
export interface RetrievalRanks {
  readonly n: number;
  /** Mean rank of the own text among all, from 1; and of the own picture. */
  readonly pictureToText: number;
  readonly textToPicture: number;
  /** Mean cross-modal retrieval rank: the mean of both. Chance is (n + 1) / 2. */
  readonly meanCrossModalRank: number;
}

/** Ranks in a square matrix, row by row a picture, column by column a text; the pairs stand on the diagonal. Ties share their mean rank. */
export function retrievalRanks(similarities: readonly (readonly number[])[]): RetrievalRanks | undefined {
  const n = similarities.length;
  if (n === 0) return undefined;
  const rows = similarities.map((row, index) => rankOf(row, index));
  const columns = similarities.map((_, index) =>
    rankOf(
      similarities.map((row) => row[index]!),
      index,
    ),
  );
  const [pictureToText, textToPicture] = [rows, columns].map(
    (ranks) => ranks.reduce((sum, rank) => sum + rank, 0) / n,
  ) as [number, number];
  return { n, pictureToText, textToPicture, meanCrossModalRank: (pictureToText + textToPicture) / 2 };
}

function rankOf(values: readonly number[], index: number): number {
  const own = values[index]!;
  const above = values.filter((value) => value > own).length;
  const alike = values.filter((value) => value === own).length;
  return above + (alike + 1) / 2;
}
