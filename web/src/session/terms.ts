/** 用户协议 and 隐私政策: where they stand. */
export const TERMS = { service: '/terms/service', privacy: '/terms/privacy' } as const
