// Whether two types are one and the same: not merely that a value of the one fits where the other is asked for.

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

/** Does not compile where they are not. Never run. */
export declare function same<One, Other>(...differ: Same<One, Other> extends true ? [] : [never]): void;

same<string, string>();
// @ts-expect-error one of them takes more
same<string, string | undefined>();
// @ts-expect-error whatever fits with everything is the same as nothing else
same<any, string>();
// @ts-expect-error nor is what fits with nothing
same<unknown, string>();
// @ts-expect-error what may be left out is not what may be undefined
same<{ a?: string }, { a: string | undefined }>();
