/** Shells that get a script. */
export const shells = ['bash', 'zsh', 'fish'] as const;
