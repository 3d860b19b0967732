import { chamberSizes, ourCode, sites } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'right-atrial-dilation',
  kind: 'grade',
  title: 'Right atrial dilation',
  concept: ourCode('RA-SIZE', 'Right atrial size'),
  site: sites.rightAtrium,
  views: ['A4C'],
  grades: [
    {
      id: 'normal',
      answer: chamberSizes.normal,
      sentences: ['The right atrium is of normal size.', 'Normal right atrial size.'],
    },
    {
      id: 'mild',
      answer: chamberSizes.mild,
      sentences: ['The right atrium is mildly dilated.', 'Mild right atrial dilation.'],
    },
    {
      id: 'moderate',
      answer: chamberSizes.moderate,
      sentences: ['The right atrium is moderately dilated.', 'Moderate right atrial dilation.'],
    },
    {
      id: 'severe',
      answer: chamberSizes.severe,
      sentences: ['The right atrium is severely dilated.', 'Severe right atrial dilation.'],
    },
  ],
});
