namespace VMS.TPS.Common.Model.Types
{
    /// <summary>How a plan enters a sum of plans; numbers as in the stubs of PyESAPI.</summary>
    public enum PlanSumOperation
    {
        /// <summary>No sum.</summary>
        Undefined = -1,
        /// <summary>Added.</summary>
        Addition = 0,
        /// <summary>Subtracted.</summary>
        Subtraction = 1
    }
}
