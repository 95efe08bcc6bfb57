import { onDemand } from '../../../ui/on-demand.tsx'

export const PersonPicker = onDemand(() => import('./person-picker.tsx').then((part) => part.PersonPicker))
export const LabelPicker = onDemand(() => import('./label-picker.tsx').then((part) => part.LabelPicker))
