// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// What the wrappers handed to scripts look at. Wrappers are made afresh for every access and compare equal if they
    /// look at one state (row 35).
    /// </summary>
    internal abstract class ObjectState
    {
        /// <summary>Whether it was removed from the patient.</summary>
        internal bool Removed;
        /// <summary>When it was made; null where nothing says so.</summary>
        internal DateTime? Created;
        /// <summary>When it was last changed; null where it never was.</summary>
        internal DateTime? Modified;
    }
}
