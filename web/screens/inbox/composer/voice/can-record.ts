const TYPES = ['audio/ogg;codecs=opus', 'audio/webm;codecs=opus'] as const
export type RecordedType = (typeof TYPES)[number]

/** As what this browser can record that becomes a voice note without being coded anew; undefined where it cannot. */
export function typeToRecord(isSupported: (type: string) => boolean): RecordedType | undefined {
  return TYPES.find(isSupported)
}

/** Whether there is a microphone to ask for: browsers give one only behind https and on this machine. */
export function canRecord(): boolean {
  const media = navigator.mediaDevices as MediaDevices | undefined
  return media !== undefined && 'MediaRecorder' in globalThis && typeToRecord((type) => MediaRecorder.isTypeSupported(type)) !== undefined
}
