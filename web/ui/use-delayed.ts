import { useEffect, useState } from 'react'

/** Becomes true when `isOn` has lasted this long, so that what is over at once shows nothing. */
export function useDelayed(isOn: boolean, ms = 150): boolean {
  const [isLong, setLong] = useState(false)
  useEffect(() => {
    if (!isOn) return
    const timer = setTimeout(() => setLong(true), ms)
    return () => {
      clearTimeout(timer)
      setLong(false)
    }
  }, [isOn, ms])
  return isOn && isLong
}
