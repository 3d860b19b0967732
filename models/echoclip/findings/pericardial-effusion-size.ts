import { amounts, ourCode, sites } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'pericardial-effusion-size',
  kind: 'grade',
  title: 'Size of pericardial effusion',
  concept: ourCode('EFFUSION-SIZE', 'Size of pericardial effusion'),
  site: sites.pericardium,
  views: ['A4C'],
  grades: [
    {
      id: 'normal',
      answer: amounts.none,
      sentences: ['No effusion is seen in the pericardial sac.', 'The pericardial sac holds no fluid.'],
    },
    {
      id: 'small',
      answer: amounts.small,
      sentences: ['There is a small pericardial effusion.', 'A small rim of fluid surrounds the heart.'],
    },
    {
      id: 'moderate',
      answer: amounts.moderate,
      sentences: ['There is a moderate pericardial effusion.', 'A moderate amount of fluid surrounds the heart.'],
    },
    {
      id: 'large',
      answer: amounts.large,
      sentences: ['There is a large pericardial effusion.', 'A large amount of fluid surrounds the heart.'],
    },
  ],
});
