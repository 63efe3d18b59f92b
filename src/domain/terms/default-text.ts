/** The terms of a server whose administrator has set none. */
export const DEFAULT_TERMS = `By signing up you agree to the terms of this server:

• You do not use it to send spam or to scam others.
• You do not use it to promote violence, or to publish what is against the law where you or this server are.
• Your messages and your account are kept on this server, by those who run it. They set its rules, may end an account that breaks them, and answer questions about your data.

You can delete your account, and everything in it, at any time.`
