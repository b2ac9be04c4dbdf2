// aws-crt asks for the package `uuid` and does not depend on it.
export const v4 = () => crypto.randomUUID();
