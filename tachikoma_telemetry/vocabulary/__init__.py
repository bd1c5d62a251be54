"""What an event is: its types and fields, what a field may hold, and how ids are made.

Standard library only: every skill that records pays for this import.
"""
