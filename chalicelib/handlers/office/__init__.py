"""The pages of officers: lists, decisions, economies, cards, enterprises, statistics."""
