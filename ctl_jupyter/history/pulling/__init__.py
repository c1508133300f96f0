"""How a history comes here: what is asked of Runner and in which way, what is decoded, and what is kept of it.

`look` is one look at a history. It has what is kept brought up to date (`catching_up`, `events_here`), over pages
(`page_pull`, `decode`) or as Arrow (`arrow_pull`, `messages`), and hands out the tables that frames are made of.
"""
