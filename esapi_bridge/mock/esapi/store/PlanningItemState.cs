// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>What has a dose: a plan or a sum of plans.</summary>
    internal abstract class PlanningItemState : ObjectState
    {
        internal CourseState Course;
        internal StructureSetState StructureSet;
        internal string Id;
        internal string Name = "";
        internal string Comment = "";
        // Which presentation a fresh plan has depends on the planner's view; relative shows who did not set it.
        internal DoseValuePresentation Presentation = DoseValuePresentation.Relative;

        /// <summary>The dose as it is now; null if there is none.</summary>
        internal abstract DoseState CurrentDose { get; }

        /// <summary>Whether a per cent of the prescription and Gy are defined (row 10).</summary>
        internal abstract bool HasScale { get; }

        /// <summary>Shown per cent of a stored per cent; not a number where there are no per cent.</summary>
        internal abstract double NormalisationFactor { get; }

        /// <summary>Gy of all fractions that one stored per cent stands for.</summary>
        internal abstract double GyPerPercent { get; }
    }
}
