import { ourCode, sites } from '#models/echoclip/codes';
import { defineFinding } from '#models/echoclip/define-finding';

export default defineFinding({
  id: 'pacemaker-lead',
  kind: 'presence',
  title: 'Pacemaker or defibrillator lead',
  concept: ourCode('PACER-ICD-LEAD', 'Pacemaker or defibrillator lead'),
  site: sites.rightVentricle,
  views: ['A4C'],
  sentences: ['A pacemaker lead is seen in the right heart.', 'A defibrillator lead is seen in the right ventricle.'],
  denials: ['No pacemaker or defibrillator lead is seen.'],
});
