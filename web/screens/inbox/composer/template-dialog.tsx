import { onDemand } from '../../../ui/on-demand.tsx'

/** The choice of a template; fetched when it is first opened. */
export const TemplatePicker = onDemand(() => import('./template-picker.tsx').then((part) => part.TemplatePicker))
