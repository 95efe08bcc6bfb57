import { createContext, useContext } from 'react'

/** Whether a row of the thread is the one that the keyboard is at. Outside the thread everything can be reached. */
export const RowFocus = createContext(true)

/** The `tabIndex` of what can be pressed in a row: only the current row's is reached by Tab, or a thread would be hundreds of stops. */
export function useRowTab(): 0 | -1 {
  return useContext(RowFocus) ? 0 : -1
}
