"""society_sim"""
