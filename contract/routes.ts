/** Method and path of every call of the API, by name. Plain values, so that the page carries no schema library. */
export const routes = {
  setup: { method: 'POST', path: '/api/v1/auth/setup' },
  getSetup: { method: 'GET', path: '/api/v1/auth/setup' },
  login: { method: 'POST', path: '/api/v1/auth/login' },
  logout: { method: 'POST', path: '/api/v1/auth/logout' },
  listSessions: { method: 'GET', path: '/api/v1/auth/sessions' },
  endSession: { method: 'DELETE', path: '/api/v1/auth/sessions/:session_id' },
  endOtherSessions: { method: 'DELETE', path: '/api/v1/auth/sessions' },
  getMe: { method: 'GET', path: '/api/v1/auth/me' },

  listUsers: { method: 'GET', path: '/api/v1/users' },
  createUser: { method: 'POST', path: '/api/v1/users' },
  getUser: { method: 'GET', path: '/api/v1/users/:user_id' },
  createInvite: { method: 'POST', path: '/api/v1/users/:user_id/invite' },
  lookAtInvite: { method: 'POST', path: '/api/v1/auth/invite/look' },
  acceptInvite: { method: 'POST', path: '/api/v1/auth/invite' },
  endUserSessions: { method: 'DELETE', path: '/api/v1/users/:user_id/sessions' },
  updateUser: { method: 'PATCH', path: '/api/v1/users/:user_id' },

  listApiKeys: { method: 'GET', path: '/api/v1/api-keys' },
  createApiKey: { method: 'POST', path: '/api/v1/api-keys' },
  revokeApiKey: { method: 'DELETE', path: '/api/v1/api-keys/:api_key_id' },

  getMatrixSystemConfig: { method: 'GET', path: '/api/v1/settings/matrix-system-config' },
  saveMatrixSystemConfig: { method: 'POST', path: '/api/v1/settings/matrix-system-config' },
  replaceMatrixSystemConfig: { method: 'PUT', path: '/api/v1/settings/matrix-system-config' },
  tryMatrixSystemConfig: { method: 'POST', path: '/api/v1/settings/matrix-system-config/check' },
  tryWhatsappConfig: { method: 'POST', path: '/api/v1/settings/whatsapp-config/check' },
  getWhatsappConfig: { method: 'GET', path: '/api/v1/settings/whatsapp-config' },
  saveWhatsappConfig: { method: 'POST', path: '/api/v1/settings/whatsapp-config' },
  listTemplates: { method: 'GET', path: '/api/v1/channels/:channel_id/templates' },
  getWhatsappMode: { method: 'GET', path: '/api/v1/settings/whatsapp-mode' },
  setWhatsappMode: { method: 'PUT', path: '/api/v1/settings/whatsapp-mode' },
  getWhatsappModePreview: { method: 'GET', path: '/api/v1/settings/whatsapp-mode/preview' },
  getRouting: { method: 'GET', path: '/api/v1/settings/routing' },
  setRouting: { method: 'PUT', path: '/api/v1/settings/routing' },

  getRetention: { method: 'GET', path: '/api/v1/settings/retention' },
  setRetention: { method: 'PUT', path: '/api/v1/settings/retention' },

  connectWhatsapp: { method: 'POST', path: '/api/v1/integrations/matrix/users/:user_id/connect-whatsapp' },
  getWhatsappLogin: { method: 'GET', path: '/api/v1/integrations/matrix/users/:user_id/connect-whatsapp' },
  cancelWhatsappLogin: { method: 'DELETE', path: '/api/v1/integrations/matrix/users/:user_id/connect-whatsapp' },
  disconnectWhatsapp: { method: 'POST', path: '/api/v1/integrations/matrix/users/:user_id/disconnect-whatsapp' },
  getWhatsappStatus: { method: 'GET', path: '/api/v1/integrations/matrix/users/:user_id/status' },

  getMatrixAccount: { method: 'GET', path: '/api/v1/integrations/matrix/config' },
  saveMatrixAccount: { method: 'POST', path: '/api/v1/integrations/matrix/config' },
  listMatrixRooms: { method: 'GET', path: '/api/v1/integrations/matrix/rooms' },
  listMatrixRoomMessages: { method: 'GET', path: '/api/v1/integrations/matrix/rooms/:room_id/messages' },
  syncMatrix: { method: 'POST', path: '/api/v1/integrations/matrix/sync' },

  listChannels: { method: 'GET', path: '/api/v1/channels' },
  updateChannel: { method: 'PATCH', path: '/api/v1/channels/:channel_id' },
  deleteChannel: { method: 'DELETE', path: '/api/v1/channels/:channel_id' },

  listNotices: { method: 'GET', path: '/api/v1/notices' },

  listExcludedChats: { method: 'GET', path: '/api/v1/channels/:channel_id/excluded' },
  includeChat: { method: 'DELETE', path: '/api/v1/channels/:channel_id/excluded/:conversation_id' },
  excludeChat: { method: 'POST', path: '/api/v1/communications/conversations/:conversation_id/exclude' },

  listTransfers: { method: 'GET', path: '/api/v1/transfers' },
  acceptTransfer: { method: 'POST', path: '/api/v1/transfers/:transfer_id/accept' },
  refuseTransfer: { method: 'POST', path: '/api/v1/transfers/:transfer_id/refuse' },

  listConversations: { method: 'GET', path: '/api/v1/communications/conversations' },
  createConversation: { method: 'POST', path: '/api/v1/communications/conversations' },
  getConversation: { method: 'GET', path: '/api/v1/communications/conversations/:conversation_id' },
  getConversationCounts: { method: 'GET', path: '/api/v1/communications/conversations/counts' },
  updateConversation: { method: 'PATCH', path: '/api/v1/communications/conversations/:conversation_id' },
  listMembers: { method: 'GET', path: '/api/v1/communications/conversations/:conversation_id/members' },
  listMessages: { method: 'GET', path: '/api/v1/communications/conversations/:conversation_id/messages' },
  sendMessage: { method: 'POST', path: '/api/v1/communications/conversations/:conversation_id/messages' },
  markRead: { method: 'POST', path: '/api/v1/communications/conversations/:conversation_id/read' },
  getCapabilities: { method: 'GET', path: '/api/v1/communications/conversations/:conversation_id/capabilities' },
  sendMessageTo: { method: 'POST', path: '/api/v1/communications/messages' },
  setTyping: { method: 'POST', path: '/api/v1/communications/conversations/:conversation_id/typing' },
  setReaction: { method: 'PUT', path: '/api/v1/communications/messages/:message_id/reaction' },
  removeReaction: { method: 'DELETE', path: '/api/v1/communications/messages/:message_id/reaction' },
  editMessage: { method: 'PATCH', path: '/api/v1/communications/messages/:message_id' },
  deleteMessage: { method: 'DELETE', path: '/api/v1/communications/messages/:message_id' },
  retryMessage: { method: 'POST', path: '/api/v1/communications/messages/:message_id/retry' },
  listReceipts: { method: 'GET', path: '/api/v1/communications/messages/:message_id/receipts' },
  listVersions: { method: 'GET', path: '/api/v1/communications/messages/:message_id/versions' },
  listActivity: { method: 'GET', path: '/api/v1/communications/conversations/:conversation_id/activity' },
  listNotes: { method: 'GET', path: '/api/v1/communications/conversations/:conversation_id/notes' },
  createNote: { method: 'POST', path: '/api/v1/communications/conversations/:conversation_id/notes' },
  updateNote: { method: 'PATCH', path: '/api/v1/communications/notes/:note_id' },
  deleteNote: { method: 'DELETE', path: '/api/v1/communications/notes/:note_id' },
  setPresence: { method: 'POST', path: '/api/v1/communications/conversations/:conversation_id/presence' },
  listDrafts: { method: 'GET', path: '/api/v1/drafts' },
  saveDraft: { method: 'PUT', path: '/api/v1/communications/conversations/:conversation_id/draft' },
  search: { method: 'GET', path: '/api/v1/communications/search' },

  listContacts: { method: 'GET', path: '/api/v1/contacts' },
  upsertContact: { method: 'POST', path: '/api/v1/contacts' },
  getContact: { method: 'GET', path: '/api/v1/contacts/:contact_id' },
  updateContact: { method: 'PATCH', path: '/api/v1/contacts/:contact_id' },
  eraseContact: { method: 'DELETE', path: '/api/v1/contacts/:contact_id' },
  mergeContacts: { method: 'POST', path: '/api/v1/contacts/:contact_id/merge' },
  unmergeContacts: { method: 'POST', path: '/api/v1/contacts/:contact_id/unmerge' },

  listCannedReplies: { method: 'GET', path: '/api/v1/canned-replies' },
  createCannedReply: { method: 'POST', path: '/api/v1/canned-replies' },
  updateCannedReply: { method: 'PATCH', path: '/api/v1/canned-replies/:canned_reply_id' },
  deleteCannedReply: { method: 'DELETE', path: '/api/v1/canned-replies/:canned_reply_id' },
  listLabels: { method: 'GET', path: '/api/v1/labels' },
  createLabel: { method: 'POST', path: '/api/v1/labels' },
  updateLabel: { method: 'PATCH', path: '/api/v1/labels/:label_id' },
  deleteLabel: { method: 'DELETE', path: '/api/v1/labels/:label_id' },

  uploadMedia: { method: 'POST', path: '/api/v1/media' },
  getMedia: { method: 'GET', path: '/api/v1/media/:media_id' },

  listEvents: { method: 'GET', path: '/api/v1/events' },

  listAudit: { method: 'GET', path: '/api/v1/audit' },

  getOperations: { method: 'GET', path: '/api/v1/operations' },
  listOperationsHistory: { method: 'GET', path: '/api/v1/operations/history' },
  getHealth: { method: 'GET', path: '/api/v1/operations/health' },
  listDeadLetters: { method: 'GET', path: '/api/v1/operations/dead-letters' },
  redriveDeadLetter: { method: 'POST', path: '/api/v1/operations/dead-letters/:dead_letter_id/redrive' },
  redriveDeadLetters: { method: 'POST', path: '/api/v1/operations/dead-letters/redrive' },
  getMetrics: { method: 'GET', path: '/metrics' },
  getLive: { method: 'GET', path: '/health/live' },
  getReady: { method: 'GET', path: '/health/ready' },
} as const satisfies Record<string, Route>
export type RouteName = keyof typeof routes

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
}

/** Fills `:name` parts of a path, encoded. Throws when one has no value. */
export function pathTo(name: RouteName, params: Readonly<Record<string, string>> = {}): string {
  return routes[name].path.replaceAll(/:([a-z_]+)/g, (_, key: string) => {
    const value = params[key]
    if (value === undefined) throw new Error(`${name} needs ${key}`)
    return encodeURIComponent(value)
  })
}
