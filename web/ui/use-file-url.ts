import { useEffect, useState } from 'react'

/** An address under which the browser shows a file of this machine, as long as this is drawn. */
export function useFileUrl(file: File | undefined, isWanted: boolean): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!file || !isWanted) return
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => {
      setUrl(undefined)
      URL.revokeObjectURL(made)
    }
  }, [file, isWanted])
  return url
}
