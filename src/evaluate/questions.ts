import type { Finding, FindingDefinition } from '#domain/finding';

/** A finding that is asked, and for a grade each of its grades as a question of its own: their similarities are then known one by one. */
export function questionsOf(definitions: readonly FindingDefinition[]): readonly FindingDefinition[] {
  return definitions.flatMap((definition): readonly FindingDefinition[] => {
    if (definition.kind !== 'grade') return [definition];
    const { id, title, concept, site, views, grades } = definition;
    const each = grades.map((grade) => ({
      kind: 'presence' as const,
      id: gradeQuestion(id, grade.id),
      title: `${title}: ${grade.id}`,
      concept,
      site,
      views,
      sentences: grade.sentences,
    }));
    return [definition, ...each];
  });
}

/** The id of the question whether one grade is given. */
export function gradeQuestion(finding: string, grade: string): string {
  return `${finding}:${grade}`;
}

/** The similarities and numbers that were answered, by the id of the question. */
export function scoresOf(findings: readonly Finding[]): ReadonlyMap<string, number> {
  return new Map(
    findings.flatMap((finding) => {
      if (finding.kind === 'not-assessed') return [];
      return [[finding.id, finding.kind === 'measured' ? finding.value : finding.similarity] as const];
    }),
  );
}
