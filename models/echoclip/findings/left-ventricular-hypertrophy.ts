import { severities, sites } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'left-ventricular-hypertrophy',
  kind: 'grade',
  title: 'Left ventricular hypertrophy',
  concept: { value: '55827005', scheme: 'SCT', meaning: 'Left ventricular hypertrophy' },
  site: sites.leftVentricle,
  views: ['A4C'],
  grades: [
    {
      id: 'normal',
      answer: severities.none,
      sentences: ['The left ventricular walls are of normal thickness.', 'No left ventricular hypertrophy.'],
    },
    {
      id: 'mild',
      answer: severities.mild,
      sentences: ['The left ventricular walls are mildly thickened.', 'Mild left ventricular hypertrophy.'],
    },
    {
      id: 'moderate',
      answer: severities.moderate,
      sentences: ['The left ventricular walls are moderately thickened.', 'Moderate left ventricular hypertrophy.'],
    },
    {
      id: 'severe',
      answer: severities.severe,
      sentences: ['The left ventricular walls are severely thickened.', 'Severe left ventricular hypertrophy.'],
    },
  ],
});
