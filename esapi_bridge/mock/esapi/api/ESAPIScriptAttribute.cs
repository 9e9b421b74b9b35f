// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Says of a script's assembly whether it changes patient data (row 2).</summary>
    [AttributeUsage(AttributeTargets.Assembly)]
    public sealed class ESAPIScriptAttribute : Attribute
    {
        /// <summary>Whether it does.</summary>
        public bool IsWriteable { get; set; }
    }
}
