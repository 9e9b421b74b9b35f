using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>A reference point of a patient; limits in Gy, not a number where there is none.</summary>
    internal sealed class ReferencePointState : ObjectState
    {
        internal string Uid;
        internal string Id;
        internal string Name = "";
        /// <summary>The volume it stands for; empty where none.</summary>
        internal string VolumeId = "";
        internal double TotalLimitGy = double.NaN;
        internal double DailyLimitGy = double.NaN;
        internal double SessionLimitGy = double.NaN;
    }

    /// <summary>A reference point in a plan.</summary>
    internal sealed class PlanPointState
    {
        internal ReferencePointState Point;
        /// <summary>Where it is, DICOM mm; null for one without a place.</summary>
        internal VVector? Location;
    }
}
